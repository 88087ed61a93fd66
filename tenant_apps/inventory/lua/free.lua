-- Note that claims are over. Repeated and late ones have no effect.
-- ARGV[3]   hold id that gets the places, or empty: they become free
-- ARGV[4]   that hold's session
-- ARGV[5…]  (ordinal, claim id) pairs
-- returns   DONE how_many_changed | HELD … | JOURNALLED | STALE
local wait = not_ready()
if wait == "LOADING" then
  redis.call("RPUSH", JOURNAL, cmsgpack.pack({ "free", unpack(ARGV, 5) }))
  return { "JOURNALLED" }
elseif wait then
  return { wait }
end
local freed = {}
for place = 5, #ARGV, 2 do
  local ordinal = tonumber(ARGV[place])
  if free_one(ordinal, tonumber(ARGV[place + 1])) == 1 then
    freed[#freed + 1] = ordinal
  end
end
-- In the same breath, so that nobody else gets between the order and the hold.
if ARGV[3] ~= "" and #freed > 0 and not read_hold(ARGV[3]) then
  table.sort(freed)
  return take(ARGV[3], ARGV[4], freed)
end
announce()
return { "DONE", #freed }
