-- Hold every named place for one session, or none of them.
-- ARGV[3]   hold id, chosen by the client: a repeated request is the same hold
-- ARGV[4]   session
-- ARGV[5]   "again" when this buyer has had the places before: then the rules about which places
--           go together are not asked again; else empty
-- ARGV[6]   the most milliseconds that the hold may live, without more time; 0: as the sale says
-- ARGV[7…]  ordinals, ascending
-- returns   HELD expiry extensions_left now ordinals… | TAKEN (ordinal state)… | a refusal
local wait = not_ready()
if wait then
  return { wait }
end
local id, session, most_ms, ordinals = ARGV[3], ARGV[4], tonumber(ARGV[6]), {}
for place = 7, #ARGV do
  ordinals[#ordinals + 1] = tonumber(ARGV[place])
end
local before = made_before(id, session, function(held)
  return table.concat(held, ",") == table.concat(ordinals, ",")
end)
if before then
  return before
end
local refusal = sale_refusal(session, id, #ordinals)
  or taken_refusal(id, ordinals)
  or (ARGV[5] ~= "again" and rules_refusal(ordinals, {}))
if refusal then
  announce()
  return refusal
end
return give(id, session, ordinals, most_ms)
