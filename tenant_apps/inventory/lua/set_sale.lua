-- Change the window, limits and rules of a performance that is loaded.
-- ARGV[3…]  field, value …
-- returns   DONE | STALE | LOADING
local wait = not_ready()
if wait then
  return { wait }
end
redis.call("HSET", SALE, unpack(ARGV, 3))
return { "DONE" }
