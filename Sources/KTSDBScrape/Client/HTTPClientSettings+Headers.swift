package import NIOHTTP1

extension HTTPClientSettings {
    /// Adds the configured credentials and headers; reads the files that contain them.
    package func addHeaders(to headers: inout HTTPHeaders) throws(UnreadableFile) {
        switch authorization {
        case .basic(let username, let password):
            let name = try username?.value("basic_auth username_file") ?? ""
            let password = try password?.value("basic_auth password_file") ?? ""
            let text = BasicAuthorization.header(name: name, password: password)
            headers.replaceOrAdd(name: "Authorization", value: text)
        case .credentials(let type, let secret):
            let text = try secret?.value("credentials_file") ?? ""
            headers.replaceOrAdd(name: "Authorization", value: "\(type) \(text)")
        case nil: break
        }
        for header in self.headers {
            for value in header.values { headers.add(name: header.name, value: value) }
            for secret in header.secrets {
                headers.add(name: header.name, value: try secret.value("http_headers files"))
            }
        }
    }
}
