-- POST of the addresses of many users in turn, with the password that all of them have.
-- Arguments: the path, the file of addresses, how many of them, the password.

dofile("report.lua")

local requests, sent = {}, 0

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for email in io.lines(args[2]) do
    if #requests == tonumber(args[3]) then break end
    local body = '{"email":"' .. email .. '","password":"' .. args[4] .. '"}'
    requests[#requests + 1] = wrk.format("POST", args[1], headers, body)
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end
