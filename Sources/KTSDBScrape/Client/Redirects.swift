/// The redirects of one request, followed as Go follows them: at most ten, credentials stay with the host that they are
/// for.
package struct Redirects {
    /// Where a request goes next.
    package struct Step {
        package var location: WebLocation
        /// Whether method and body stay; otherwise, the next request is a GET.
        package var keepsMethod: Bool
        /// Whether the next host may see the credentials.
        package var keepsCredentials: Bool
    }

    /// Why a redirect is not followed.
    package enum Failure: Error, Hashable, CustomStringConvertible {
        case tooMany, circle, malformed

        package var description: String {
            switch self {
            case .tooMany: "stopped after \(Redirects.limit) redirects"
            case .circle: "the redirects go in a circle"
            case .malformed: "redirected to something that is not an address with http:// or https://"
            }
        }
    }

    /// How many redirects are followed.
    package static let limit = 10
    private static let statuses: Set<Int> = [301, 302, 303, 307, 308]

    private let origin: WebLocation
    private var current: WebLocation
    private var visited: Set<String>
    /// Set for good once another host was asked.
    private var hasLeft = false

    package init(from origin: WebLocation) {
        self.origin = origin
        current = origin
        visited = [origin.absolute]
    }

    /// Returns whether a status asks for another address.
    package static func isRedirect(_ status: Int) -> Bool { statuses.contains(status) }

    /// Returns where the request goes after an answer; nil if the answer is final.
    package mutating func next(status: Int, location: String?) throws(Failure) -> Step? {
        guard Self.isRedirect(status), let location, !location.isEmpty else { return nil }
        guard let next = current.resolving(location), ["http", "https"].contains(next.scheme) else { throw .malformed }
        // Back to an address that was asked: it would answer the same again.
        guard visited.insert(next.absolute).inserted else { throw .circle }
        guard visited.count <= Self.limit + 1 else { throw .tooMany }
        if !origin.covers(next) || current.scheme == "https" && next.scheme == "http" { hasLeft = true }
        current = next
        return Step(location: next, keepsMethod: status == 307 || status == 308, keepsCredentials: !hasLeft)
    }
}
