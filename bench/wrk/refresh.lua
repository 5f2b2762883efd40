-- POST of refresh tokens, each sent once: the one in the answer takes its place at the end of the
-- queue. wrk does not say which connection an answer came by, and need not: with more tokens than
-- connections, none is under way twice.
-- Arguments: the path, the file of refresh tokens, the line before the first, how many.

dofile("report.lua")

local head, queue, first, last

function init(args)
  local skip, count, line = tonumber(args[3]), tonumber(args[4]), 0
  queue, first, last = {}, 1, 0
  for token in io.lines(args[2]) do
    line = line + 1
    if line > skip and line <= skip + count then
      last = last + 1
      queue[last] = token
    end
  end
  local whole = wrk.format("POST", args[1], { ["Content-Type"] = "application/json" }, "")
  head = whole:gsub("Content%-Length: 0\r\n", ""):gsub("\r\n\r\n$", "\r\nContent-Length: ")
end

function request()
  local body = '{"refreshToken":"' .. queue[first] .. '"}'
  queue[first] = nil
  first = first + 1
  return head .. #body .. "\r\n\r\n" .. body
end

function response(status, headers, body)
  local token = body:match('"refreshToken":"([^"]+)"')
  if token then
    last = last + 1
    queue[last] = token
  end
end
