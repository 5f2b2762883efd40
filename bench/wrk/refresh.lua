-- POST of refresh tokens.
-- Arguments: the path, the file of refresh tokens, the line before the first, how many.

dofile("report.lua")
dofile("chain.lua")

function init(args)
  chain.load(args[1], args[2], tonumber(args[3]), tonumber(args[4]))
end

request = chain.request

function response(status, headers, body)
  chain.response(body)
end
