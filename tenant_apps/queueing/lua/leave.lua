-- Give a place or a lease back: the buyer has bought, or does not want to wait any more.
-- ARGV[7]  session
-- returns  LEFT
local kind, number = kept_of(ARGV[7])
if kind then
  for _, key in ipairs({ EARLY, LINE, CALLED, BUSY }) do
    redis.call("ZREM", key, number)
  end
  -- Remembered, so that an old signed place is not worth anything.
  keep(ARGV[7], "u", number)
end
return { "LEFT" }
