/// The redirects of one request, followed as Go does: at most ten, and credentials are only sent to the first host and
/// its subdomains.
package struct Redirects {
    /// The next request.
    package struct Step {
        package var location: WebLocation
        /// Whether the next request keeps the method and the body; otherwise, it is a GET.
        package var keepsMethod: Bool
        /// Whether the next request keeps the credentials.
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

    /// The most redirects that are followed.
    package static let limit = 10
    private static let statuses: Set<Int> = [301, 302, 303, 307, 308]

    private let origin: WebLocation
    private var current: WebLocation
    private var visited: Set<String>
    /// Whether a redirect has led to another host or from https to http; stays true from then on.
    private var hasLeft = false

    package init(from origin: WebLocation) {
        self.origin = origin
        current = origin
        visited = [origin.absolute]
    }

    /// Returns whether a status is a redirect.
    package static func isRedirect(_ status: Int) -> Bool { statuses.contains(status) }

    /// Returns the next request after an answer; nil if the answer is final.
    package mutating func next(status: Int, location: String?) throws(Failure) -> Step? {
        guard Self.isRedirect(status), let location, !location.isEmpty else { return nil }
        guard let next = current.resolving(location), ["http", "https"].contains(next.scheme) else { throw .malformed }
        // An address that was visited already would answer the same again.
        guard visited.insert(next.absolute).inserted else { throw .circle }
        guard visited.count <= Self.limit + 1 else { throw .tooMany }
        if !origin.covers(next) || current.scheme == "https" && next.scheme == "http" { hasLeft = true }
        current = next
        return Step(location: next, keepsMethod: status == 307 || status == 308, keepsCredentials: !hasLeft)
    }
}
