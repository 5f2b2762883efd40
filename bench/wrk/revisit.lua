-- GET with the access tokens of many users in turn, and the entity tags that they know.
-- Arguments: the path, the file of access tokens, how many of them, the file of entity tags.

dofile("report.lua")

local requests, sent = {}, 0

function init(args)
  local etags = io.lines(args[4])
  for token in io.lines(args[2]) do
    if #requests == tonumber(args[3]) then break end
    local headers, etag = { Authorization = "Bearer " .. token }, etags()
    if etag and etag ~= "" then headers["If-None-Match"] = etag end
    requests[#requests + 1] = wrk.format("GET", args[1], headers)
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end
