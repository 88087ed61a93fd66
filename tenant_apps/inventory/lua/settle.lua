-- Note claims that PostgreSQL has made. Repeated and late ones have no effect.
-- ARGV[3]   the state: 2 sold, 3 blocked
-- ARGV[4]   how many (ordinal, claim id) pairs follow
-- ARGV[5…]  the pairs, then ids of holds that these claims have used up
-- returns   DONE how_many_changed | JOURNALLED | STALE
local wait = not_ready()
if wait == "LOADING" then
  redis.call("RPUSH", JOURNAL, cmsgpack.pack({ "settle", unpack(ARGV, 3) }))
  redis.call("PEXPIRE", JOURNAL, 86400000)
  return { "JOURNALLED" }
elseif wait then
  return { wait }
end
local state, count, changed = tonumber(ARGV[3]), tonumber(ARGV[4]), 0
for pair = 0, count - 1 do
  local ordinal, claim = tonumber(ARGV[5 + pair * 2]), tonumber(ARGV[6 + pair * 2])
  changed = changed + settle_one(ordinal, claim, state)
end
for place = 5 + count * 2, #ARGV do
  local hold = read_hold(ARGV[place])
  if hold then
    drop_hold(ARGV[place], hold)
  end
end
remember_end()
announce()
return { "DONE", changed }
