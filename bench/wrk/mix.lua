-- Of a hundred requests 90 GET lists, 8 POST a new task and 2 POST refresh tokens, evenly spread.
-- Arguments: the paths of the list, of a new task and of a refresh; the file of access tokens, how
-- many of them; the file of refresh tokens, the line before the first, how many.

dofile("report.lua")
dofile("chain.lua")

local body = '{"name":"Water the plants in the hall","isCompleted":false}'
local lists, adds, sent = {}, {}, 0

function init(args)
  for token in io.lines(args[4]) do
    if #lists == tonumber(args[5]) then break end
    local headers = { Authorization = "Bearer " .. token }
    lists[#lists + 1] = wrk.format("GET", args[1], headers)
    headers["Content-Type"] = "application/json"
    adds[#adds + 1] = wrk.format("POST", args[2], headers, body)
  end
  chain.load(args[3], args[6], tonumber(args[7]), tonumber(args[8]))
end

function request()
  sent = sent + 1
  if sent % 50 == 25 then return chain.request() end
  local kind = sent % 25 == 5 or sent % 25 == 17
  return (kind and adds or lists)[sent % #lists + 1]
end

function response(status, headers, body)
  chain.response(body)
end
