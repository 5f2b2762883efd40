-- POST of a new task with the access tokens of many users in turn.
-- Arguments: the path, the file of access tokens, how many of them.

dofile("report.lua")

local body = '{"name":"Water the plants in the hall","isCompleted":false}'
local requests, sent = {}, 0

function init(args)
  for token in io.lines(args[2]) do
    if #requests == tonumber(args[3]) then break end
    local headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
    requests[#requests + 1] = wrk.format("POST", args[1], headers, body)
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end
