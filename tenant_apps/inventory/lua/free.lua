-- Note that claims are over. Repeated and late ones have no effect.
-- ARGV[3]   hold id that gets the places, or empty: they become free
-- ARGV[4]   that hold's session
-- ARGV[5…]  (ordinal, claim id) pairs
-- returns   DONE how_many_changed | HELD … | JOURNALLED | STALE
local wait = not_ready()
if wait == "LOADING" then
  redis.call("RPUSH", JOURNAL, cmsgpack.pack({ "free", unpack(ARGV, 5) }))
  redis.call("PEXPIRE", JOURNAL, 86400000)
  return { "JOURNALLED" }
elseif wait then
  return { wait }
end
local freed, count = {}, 0
for place = 5, #ARGV, 2 do
  local ordinal, claim = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
  count = count + free_one(ordinal, claim)
  -- Freed now, or by the outbox a moment ago: nobody has had it since.
  local is_last_word = tonumber(redis.call("HGET", FENCE, ordinal)) == claim * 2 + 1
  if is_last_word and state_of(ordinal) == FREE then
    freed[#freed + 1] = ordinal
  end
end
-- In the same breath, so that nobody else gets between the order and the hold.
if ARGV[3] ~= "" and #freed > 0 then
  local hold = read_hold(ARGV[3])
  if not is_live(hold) then
    if hold then
      drop_hold(ARGV[3], hold)
    end
    table.sort(freed)
    return give(ARGV[3], ARGV[4], freed, 0)
  end
end
remember_end()
announce()
return { "DONE", count }
