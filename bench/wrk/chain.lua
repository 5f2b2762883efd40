-- Refresh tokens, each sent once: the one in the answer takes its place at the end of the queue.
-- wrk does not say which connection an answer came by, and need not: with more tokens than
-- connections, none is under way twice. Loaded by the other scripts.

chain = {}

local head, queue, first, last = nil, {}, 1, 0

-- The path, the file of refresh tokens, the line before the first, how many.
function chain.load(path, file, skip, count)
  local line = 0
  for token in io.lines(file) do
    line = line + 1
    if line > skip and line <= skip + count then
      last = last + 1
      queue[last] = token
    end
  end
  local whole = wrk.format("POST", path, { ["Content-Type"] = "application/json" }, "")
  head = whole:gsub("Content%-Length: 0\r\n", ""):gsub("\r\n\r\n$", "\r\nContent-Length: ")
end

function chain.request()
  local body = '{"refreshToken":"' .. queue[first] .. '"}'
  queue[first] = nil
  first = first + 1
  return head .. #body .. "\r\n\r\n" .. body
end

function chain.response(body)
  local token = body:match('"refreshToken": ?"([^"]+)"')
  if token then
    last = last + 1
    queue[last] = token
  end
end
