# The examples share a local AWS, apart from the clone's own. Each of them begins with an empty lake.
clone=$(cd ../../.. && pwd)
export SHOPLAKE_HOME="${SHOPLAKE_HOME:-$clone/.shoplake/examples}" SHOPLAKE_PORT="${SHOPLAKE_PORT:-4570}"
shoplake() { node "$clone/dist/cli.js" "$@"; }
start() { npm --silent --prefix "$clone" start -- --empty; }

start
case $(shoplake status --json) in
  *'"head":0,'*) ;;
  *) shoplake local reset --yes && start ;;
esac
