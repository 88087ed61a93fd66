-- Take a place, or keep the one there is: a session has one, however often and wherever it asks.
-- ARGV[7]  session
-- ARGV[8]  the number in its signed place, or 0; it counts where the room does not know the session any more
-- ARGV[9]  most people who may wait
-- returns  ADMITTED | BEFORE | WAITING number ahead waiting lease_end pace | FULL
local session, claimed = ARGV[7], tonumber(ARGV[8])
local kind, number = kept_of(session)
if kind then
  kind = come(session, kind, number)
  if lease_of(number) or redis.call("ZSCORE", LINE, number) or redis.call("ZSCORE", EARLY, number) then
    return standing(number)
  end
  -- The turn is over. Who slept through it comes in front once more, who bought begins anew.
  if kind == "w" then
    keep(session, "m", number)
    line_up(number)
    remember_end()
    return standing(number)
  end
end
if redis.call("ZCARD", EARLY) + redis.call("ZCARD", LINE) >= tonumber(ARGV[9]) then
  return { "FULL" }
end
if not kind and claimed > 0 and claimed <= now_us then
  number = whole(claimed)
else
  number = whole(math.max(tonumber(redis.call("HGET", ROOM, "last")) + 1, now_us))
  redis.call("HSET", ROOM, "last", number)
end
keep(session, "w", number)
line_up(number)
remember_end()
return standing(number)
