-- Finish loading: write what PostgreSQL said, lay the holds that still run over it, apply what
-- was written down meanwhile, open.
-- ARGV[3]   the epoch that load_begin was given
-- ARGV[4]   a byte for each ordinal: 0 free, 2 sold, 3 blocked, 4 not on sale
-- ARGV[5]   JSON list: ordinal, fence, ordinal, fence …
-- ARGV[6]   a byte of marks for each ordinal: who sits beside whom
-- ARGV[7…]  field, value … of the sale
-- returns   OPEN | SUPERSEDED (another load has begun since)
local epoch = redis.call("HMGET", EPOCH, "id", "run", "state")
if epoch[1] ~= ARGV[3] or epoch[2] ~= ARGV[1] or epoch[3] ~= "LOADING" then
  return { "SUPERSEDED" }
end
local ids = redis.call("HKEYS", HOLDS)
local running = {}
for _, id in ipairs(ids) do
  local hold = read_hold(id)
  if is_live(hold) then
    running[#running + 1] = { id, hold }
  end
end
redis.call("DEL", PLACES, OWNERS, HOLDS, DUE, FENCE, SALE, SESSIONS, FEED, SEATING)
if #ARGV[4] > 0 then
  redis.call("SET", PLACES, ARGV[4])
  redis.call("SET", SEATING, ARGV[6])
end
redis.call("HSET", SALE, unpack(ARGV, 7))
local fences = cjson.decode(ARGV[5])
for from = 1, #fences, 2000 do
  redis.call("HSET", FENCE, unpack(fences, from, math.min(from + 1999, #fences)))
end
table.sort(running, function(one, other)
  return one[2][2] < other[2][2]
end)
for _, entry in ipairs(running) do
  local id, hold, kept = entry[1], entry[2], {}
  for _, ordinal in ipairs(hold[4]) do
    if state_of(ordinal) == FREE then
      redis.call("SETRANGE", PLACES, ordinal, string.char(HELD))
      redis.call("HSET", OWNERS, ordinal, id)
      kept[#kept + 1] = ordinal
    end
  end
  if #kept > 0 then
    hold[4] = kept
    write_hold(id, hold)
    local session_ids = holds_of(hold[1])
    session_ids[#session_ids + 1] = id
    redis.call("HSET", SESSIONS, hold[1], cmsgpack.pack(session_ids))
  end
end
redis.call("HSET", EPOCH, "state", "OPEN")
for _, packed in ipairs(redis.call("LRANGE", JOURNAL, 0, -1)) do
  local entry = cmsgpack.unpack(packed)
  if entry[1] == "settle" then
    local state, count = tonumber(entry[2]), tonumber(entry[3])
    for pair = 0, count - 1 do
      settle_one(tonumber(entry[4 + pair * 2]), tonumber(entry[5 + pair * 2]), state)
    end
  else
    for place = 2, #entry, 2 do
      free_one(tonumber(entry[place]), tonumber(entry[place + 1]))
    end
  end
end
redis.call("DEL", JOURNAL)
-- Whoever listens to the feed sees the new epoch and fetches a snapshot.
redis.call("XADD", FEED, "*", "c", "", "e", ARGV[3])
remember_end()
return { "OPEN" }
