internal import KTSDBConfiguration
internal import KTSDBModel

extension ProxySettings {
    /// The schemes of proxies that are understood.
    package static let schemes: Set<String> = ["http", "socks5"]

    /// Takes the fields about proxies from a section.
    init(taking section: inout YAMLSection) throws(ConfigurationError) {
        self.init()
        let address = section.take("proxy_url"), exceptions = section.take("no_proxy")
        let environment = section.take("proxy_from_environment"), connect = section.take("proxy_connect_header")
        if let address { url = try address.string() }
        if let exceptions { self.exceptions = try exceptions.string() }
        if let environment { isFromEnvironment = try environment.bool() }
        for (name, value) in try connect?.pairs() ?? [] {
            headers.append(Header(name: name, values: try value.strings()))
        }
        if let connect, !headers.isEmpty, isEmpty {
            throw connect.error(
                "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured")
        }
        if let environment, isFromEnvironment, !url.isEmpty {
            throw environment.error("if proxy_from_environment is configured, proxy_url must not be configured")
        }
        if let exceptions, isFromEnvironment, !self.exceptions.isEmpty {
            throw exceptions.error("if proxy_from_environment is configured, no_proxy must not be configured")
        }
        if let exceptions, url.isEmpty, !self.exceptions.isEmpty {
            throw exceptions.error("if no_proxy is configured, proxy_url must also be configured")
        }
        if let address { try check(address) }
    }

    private func check(_ value: YAMLValue) throws(ConfigurationError) {
        if url.isEmpty { return }
        guard let location = WebLocation(url) else {
            throw value.error("proxy_url: not a valid address, such as http://proxy.example:3128")
        }
        guard Self.schemes.contains(location.scheme) else {
            try value.refuse(
                "proxy_url: a proxy's address begins with http:// or socks5:// in this version, found "
                    + "\(goQuoted(location.scheme))")
            return
        }
    }
}
