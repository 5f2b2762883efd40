-- GET with the access tokens of many users in turn.
-- Arguments: the path, the file of access tokens, how many of them.

dofile("report.lua")

local requests, sent = {}, 0

function init(args)
  for token in io.lines(args[2]) do
    if #requests == tonumber(args[3]) then break end
    requests[#requests + 1] = wrk.format("GET", args[1], { Authorization = "Bearer " .. token })
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end
