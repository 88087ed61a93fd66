-- Give a place or a lease back: the buyer has bought, or does not want to wait any more.
-- ARGV[7]  session
-- returns  LEFT
local session = ARGV[7]
local kind, number = kept_of(session)
if kind then
  local still_waits = kind == "w" and (redis.call("ZSCORE", LINE, number) or redis.call("ZSCORE", EARLY, number))
  for _, key in ipairs({ EARLY, LINE, CALLED, BUSY }) do
    redis.call("ZREM", key, number)
  end
  if still_waits then
    -- Thousands come, look and go: nothing is kept of them. A place that was given up by mistake
    -- is had again with what it was signed in.
    redis.call("HDEL", NUMBERS, session)
  else
    -- Remembered, so that an old signed place is not worth another turn.
    keep(session, "u", number)
  end
end
return { "LEFT" }
