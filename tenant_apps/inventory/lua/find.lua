-- Find one hold of a session, or all of them.
-- ARGV[3]  session
-- ARGV[4]  hold id, or empty for all
-- returns  HOLDS, then for each: id and what `hold` answers | a refusal
local wait = not_ready()
if wait then
  return { wait }
end
local reply = { "HOLDS" }
for _, id in ipairs(holds_of(ARGV[3])) do
  if ARGV[4] == "" or ARGV[4] == id then
    local hold = read_hold(id)
    if is_live(hold) then
      reply[#reply + 1] = id
      reply[#reply + 1] = answer(hold)
    end
  end
end
return reply
