internal import HTTPTypes
internal import Hummingbird
internal import KTSDBAccess

extension AccessControl {
    /// The decision about a request.
    private enum Verdict {
        case allowed
        case unauthorized
        case forbidden(AccessScope)
        case busy
    }

    /// Answers a request with `answer` if the rate limit and its credentials allow that, and adds the configured
    /// headers.
    func answer(_ request: Request, _ answer: () async -> Response) async -> Response {
        let loaded = loaded
        var response: Response
        if !mayAnswer(at: .now) {
            response = .text("Too Many Requests\n", status: .tooManyRequests)
        } else if loaded.needsCredentials {
            switch await verdict(request, loaded) {
            case .allowed: response = await answer()
            case .unauthorized: response = Self.unauthorized(loaded)
            case .forbidden(let scope):
                response = .text("this token does not have the scope \(scope)\n", status: .forbidden)
            case .busy:
                response = .text("too many passwords are being checked; try again\n", status: .serviceUnavailable)
            }
        } else {
            response = await answer()
        }
        for header in loaded.configuration.headers {
            if let name = HTTPField.Name(header.name) { response.headers[name] = header.value }
        }
        return response
    }

    private func verdict(_ request: Request, _ loaded: Loaded) async -> Verdict {
        let verdict = await judge(request, loaded)
        if case .allowed = verdict { return verdict }
        countRefusal()
        return verdict
    }

    private func judge(_ request: Request, _ loaded: Loaded) async -> Verdict {
        guard let header = request.headers[.authorization], let credentials = Credentials(header) else {
            return .unauthorized
        }
        switch credentials {
        case .basic(let name, let password):
            do throws(PasswordChecker.Busy) {
                let isRight = try await passwords.check(name, password, among: loaded.configuration.users)
                return isRight ? .allowed : .unauthorized
            } catch {
                return .busy
            }
        case .bearer(let token):
            guard let scopes = loaded.tokens.scopes(of: token) else { return .unauthorized }
            let needed = AccessScope.needed(request.method.rawValue, path(of: request))
            return scopes.contains(needed) ? .allowed : .forbidden(needed)
        }
    }

    /// Returns the path after the route prefix; the complete path if it does not have the prefix.
    private func path(of request: Request) -> String {
        let path = request.uri.path
        return path.hasPrefix(prefix + "/") ? String(path.dropFirst(prefix.count)) : path
    }

    /// Returns the answer to wrong or missing credentials: it only says which kinds of credentials are accepted.
    private static func unauthorized(_ loaded: Loaded) -> Response {
        var response = Response.text("Unauthorized\n", status: .unauthorized)
        if !loaded.configuration.users.isEmpty {
            response.headers.append(HTTPField(name: .wwwAuthenticate, value: "Basic"))
        }
        if !loaded.tokens.isEmpty { response.headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer")) }
        return response
    }
}
