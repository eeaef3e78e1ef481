#include "connection.hpp"

#include <array>
#include <utility>

namespace cairn::nats {
namespace {

/// Sets one option after the other, until the library refuses one.
class option_setter {
 public:
  template <class... Arguments, class... Given>
  option_setter& set(natsStatus (*function)(natsOptions*, Arguments...), Given... given) {
    if (status_ == NATS_OK) status_ = function(options_, given...);
    return *this;
  }
  explicit option_setter(natsOptions* options) : options_(options) {}
  [[nodiscard]] natsStatus status() const noexcept { return status_; }

 private:
  natsOptions* options_;
  natsStatus status_ = NATS_OK;
};

void set_identity(option_setter& to, const connection_options& from) {
  if (!from.user.empty()) {
    to.set(natsOptions_SetUserInfo, from.user.c_str(), from.password.c_str());
  }
  if (!from.token.empty()) to.set(natsOptions_SetToken, from.token.c_str());
  if (!from.credentials_file.empty()) {
    to.set(natsOptions_SetUserCredentialsFromFiles, from.credentials_file.c_str(), nullptr);
  }
  if (!from.nkey.empty()) {
    to.set(natsOptions_SetNKeyFromSeed, from.nkey.c_str(), from.nkey_seed_file.c_str());
  }
}

void set_tls(option_setter& to, const tls_options& from) {
  if (from.required) to.set(natsOptions_SetSecure, true);
  if (!from.authorities_file.empty()) {
    to.set(natsOptions_LoadCATrustedCertificates, from.authorities_file.c_str());
  }
  if (!from.certificate_file.empty()) {
    to.set(natsOptions_LoadCertificatesChain,
           from.certificate_file.c_str(),
           from.key_file.empty() ? nullptr : from.key_file.c_str());
  }
}

}  // namespace

std::string text_of(natsStatus status) {
  std::string text = natsStatus_GetText(status);
  natsStatus newest = NATS_OK;
  const char* const detail = nats_GetLastError(&newest);
  if (newest == status && detail != nullptr && *detail != '\0') text.append(": ").append(detail);
  return text;
}

result<options_owner> make_options(const connection_options& from, when_lost then) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_config, "NATS connection: " + std::string{what}};
  };
  if (from.servers.empty()) return bad("there are no servers");
  if (from.connect_timeout.count() <= 0) return bad("connect_timeout must be above 0");
  natsOptions* made = nullptr;
  if (const natsStatus status = natsOptions_Create(&made); status != NATS_OK) {
    return bad(text_of(status));
  }
  options_owner options{made};
  std::vector<const char*> servers;
  for (const std::string& one : from.servers)
    servers.push_back(one.c_str());
  option_setter to{made};
  to.set(natsOptions_SetServers, servers.data(), static_cast<int>(servers.size()))
      .set(natsOptions_SetName, from.name.c_str())
      .set(natsOptions_SetTimeout, static_cast<std::int64_t>(from.connect_timeout.count()))
      .set(natsOptions_SetAllowReconnect, then == when_lost::reconnects)
      .set(natsOptions_SetMaxReconnect, -1)
      // A server that is gone without a word is noticed within half a minute.
      .set(natsOptions_SetPingInterval, std::int64_t{10'000})
      .set(natsOptions_SetMaxPingsOut, 2);
  set_identity(to, from);
  set_tls(to, from.tls);
  if (to.status() != NATS_OK) return bad(text_of(to.status()));
  return options;
}

result<connection_owner> connect(natsOptions& options) {
  natsConnection* made = nullptr;
  if (const natsStatus status = natsConnection_Connect(&made, &options); status != NATS_OK) {
    return error{error::code::unavailable, "NATS: " + text_of(status)};
  }
  return connection_owner{made};
}

std::string server_of(natsConnection& connection) {
  std::array<char, 512> url{};
  (void)natsConnection_GetConnectedUrl(&connection, url.data(), url.size());
  return url.data();
}

result<std::string> make_inbox() {
  natsInbox* made = nullptr;
  if (const natsStatus status = natsInbox_Create(&made); status != NATS_OK) {
    return error{error::code::unavailable, "NATS: " + text_of(status)};
  }
  std::string inbox = made;
  natsInbox_Destroy(made);
  return inbox;
}

}  // namespace cairn::nats
