-- Use the lease: the session is about to hold places.
-- ARGV[7]  session
-- returns  ENTERED lease_end | OUTSIDE
local kind, number = kept_of(ARGV[7])
kind = kind and come(ARGV[7], kind, number)
local lease = kind and lease_of(number)
if not lease then
  return { "OUTSIDE" }
end
if kind ~= "u" then
  redis.call("ZREM", CALLED, number)
  redis.call("ZADD", BUSY, whole(lease), number)
  keep(ARGV[7], "u", number)
  remember_end()
end
return { "ENTERED", lease }
