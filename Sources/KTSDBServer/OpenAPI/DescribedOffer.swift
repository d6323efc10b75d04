/// The optional parts of the API that a server has switched on.
struct DescribedOffer: Sendable {
    var hasAdminAPI = false
    var hasSearch = false
    /// Whether passwords are accepted, and whether tokens are. Requests need credentials if either is.
    var takesPasswords = false
    var takesTokens = false

    /// Returns whether an endpoint is served.
    func includes(_ operation: DescribedOperation) -> Bool {
        switch operation.need {
        case .nothing: true
        case .adminAPI: hasAdminAPI
        case .search: hasSearch
        }
    }

    private var schemes: [(name: String, scheme: DescriptionValue)] {
        let basic: DescriptionValue = ["type": "http", "scheme": "basic"]
        let bearer: DescriptionValue = ["type": "http", "scheme": "bearer"]
        return (takesPasswords ? [("basic", basic)] : []) + (takesTokens ? [("bearer", bearer)] : [])
    }

    /// The accepted kinds of credentials; nil if requests need none.
    var securitySchemes: DescriptionValue? {
        schemes.isEmpty ? nil : .map(schemes.map { (key: $0.name, value: $0.scheme) })
    }

    /// The requirement that a request has one kind of credentials.
    var security: DescriptionValue {
        .list(schemes.map { .map([(key: $0.name, value: .list([]))]) })
    }
}
