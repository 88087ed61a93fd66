-- Add places to a hold and drop others from it, all or nothing. Its clock runs on as it was.
-- ARGV[3]   hold id
-- ARGV[4]   session
-- ARGV[5]   how many of the following ordinals are to be added; the rest are dropped
-- ARGV[6…]  ordinals
-- returns   HELD … | RELEASED (nothing is left) | TAKEN (ordinal state)… | a refusal
local wait = not_ready()
if wait then
  return { wait }
end
local id, session, added = ARGV[3], ARGV[4], tonumber(ARGV[5])
local hold, refusal = own_hold(id, session)
if not hold then
  return refusal
end
local wanted = {}
for _, ordinal in ipairs(hold[4]) do
  wanted[ordinal] = true
end
for place = 6, 5 + added do
  wanted[tonumber(ARGV[place])] = true
end
for place = 6 + added, #ARGV do
  wanted[tonumber(ARGV[place])] = nil
end
local ordinals = {}
for ordinal in pairs(wanted) do
  ordinals[#ordinals + 1] = ordinal
end
table.sort(ordinals)
refusal = (#ordinals > #hold[4] and sale_refusal(session, id, #ordinals) or nil)
  or taken_refusal(id, ordinals)
  or rules_refusal(ordinals, hold[4])
if refusal then
  announce()
  return refusal
end
if #ordinals == 0 then
  drop_hold(id, hold)
  announce()
  return { "RELEASED" }
end
for _, ordinal in ipairs(hold[4]) do
  if not wanted[ordinal] then
    give_up(id, ordinal)
  end
end
for _, ordinal in ipairs(ordinals) do
  if state_of(ordinal) ~= HELD then
    set_state(ordinal, HELD)
    redis.call("HSET", OWNERS, ordinal, id)
  end
end
hold[4] = ordinals
write_hold(id, hold)
announce()
return answer(hold)
