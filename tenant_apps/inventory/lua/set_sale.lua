-- Change the window, limits and rules of a performance that is loaded.
-- ARGV[3…]  field, value …
-- returns   DONE | STALE | LOADING
local wait = not_ready()
if wait then
  return { wait }
end
redis.call("HSET", SALE, unpack(ARGV, 3))
for _, key in ipairs(KEYS) do
  redis.call("PERSIST", key)
end
remember_end()
return { "DONE" }
