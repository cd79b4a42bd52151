# Runs a server, and ends it and removes its data when whoever started it is gone, however that went: then the other end
# of standard input is closed. The first argument is the folder of the data; the rest is the server's command line.
folder=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
{
  read -r _ <&3
  : >"$folder/abandoned"
  kill -QUIT "$server"
} &
watch=$!
wait "$server"
code=$?
kill "$watch" 2>/dev/null
[ -e "$folder/abandoned" ] && rm -rf "$folder"
exit "$code"
