import RPCClient
