// gRPC C++ as a peer of scripts/bench: topupd.bench.v1.Echo on the callback API.
//
//   grpccppserver [--port N] [--tls-cert FILE --tls-key FILE]     prints "ready PORT"

#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "topupd/bench/v1/echo.grpc.pb.h"

namespace bench = topupd::bench::v1;

namespace {

constexpr uint32_t kPayloadBytesMax = 1'048'576;

class Ingest final : public grpc::ServerReadReactor<bench::IngestRequest> {
 public:
  explicit Ingest(bench::IngestResponse* response) : response_(response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      response_->set_messages(messages_);
      response_->set_payload_bytes(payload_bytes_);
      return Finish(grpc::Status::OK);
    }
    messages_ += 1;
    payload_bytes_ += request_.payload().size();
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  bench::IngestRequest request_;
  bench::IngestResponse* const response_;
  uint64_t messages_ = 0;
  uint64_t payload_bytes_ = 0;
};

class Emit final : public grpc::ServerWriteReactor<bench::EmitResponse> {
 public:
  explicit Emit(const bench::EmitRequest& request) : remaining_(request.messages()) {
    if (request.payload_bytes() > kPayloadBytesMax) {
      Finish({grpc::StatusCode::INVALID_ARGUMENT, "payload_bytes is too large"});
      return;
    }
    response_.set_payload(std::string(request.payload_bytes(), 'x'));
    Next();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    Next();
  }

  void OnDone() override { delete this; }

 private:
  void Next() {
    if (remaining_ == 0) return Finish(grpc::Status::OK);
    remaining_ -= 1;
    StartWrite(&response_);
  }

  bench::EmitResponse response_;
  uint64_t remaining_;
};

class Exchange final
    : public grpc::ServerBidiReactor<bench::ExchangeRequest, bench::ExchangeResponse> {
 public:
  Exchange() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.set_payload(request_.payload());
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  bench::ExchangeRequest request_;
  bench::ExchangeResponse response_;
};

class EchoService final : public bench::Echo::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const bench::EchoRequest* request,
                                 bench::EchoResponse* response) override {
    response->set_payload(request->payload());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerReadReactor<bench::IngestRequest>* Ingest(
      grpc::CallbackServerContext*, bench::IngestResponse* response) override {
    return new ::Ingest(response);
  }

  grpc::ServerWriteReactor<bench::EmitResponse>* Emit(
      grpc::CallbackServerContext*, const bench::EmitRequest* request) override {
    return new ::Emit(*request);
  }

  grpc::ServerBidiReactor<bench::ExchangeRequest, bench::ExchangeResponse>* Exchange(
      grpc::CallbackServerContext*) override {
    return new ::Exchange();
  }
};

std::string FileText(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "grpccppserver: cannot read %s\n", path);
    std::exit(66);
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  const char* port = "0";
  const char* cert = nullptr;
  const char* key = nullptr;
  for (int index = 1; index < argc; index += 2) {
    const char** value = nullptr;
    if (std::strcmp(argv[index], "--port") == 0) value = &port;
    if (std::strcmp(argv[index], "--tls-cert") == 0) value = &cert;
    if (std::strcmp(argv[index], "--tls-key") == 0) value = &key;
    if (value == nullptr || index + 1 == argc) {
      std::fprintf(stderr, "usage: grpccppserver [--port N] [--tls-cert FILE --tls-key FILE]\n");
      return 64;
    }
    *value = argv[index + 1];
  }
  auto credentials = grpc::InsecureServerCredentials();
  if (cert != nullptr && key != nullptr) {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({FileText(key), FileText(cert)});
    credentials = grpc::SslServerCredentials(options);
  }
  EchoService service;
  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort(std::string("127.0.0.1:") + port, credentials, &bound);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (server == nullptr || bound == 0) return 69;
  std::printf("ready %d\n", bound);
  std::fflush(stdout);
  server->Wait();
}
