/// What a server has switched on, as far as the description of its API says it.
struct DescribedOffer: Sendable {
    var hasAdminAPI = false
    var hasSearch = false
    /// Whether requests need credentials, and which are accepted.
    var takesPasswords = false
    var takesTokens = false

    /// Whether an endpoint is served.
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

    /// The ways to say who asks; nil where nobody is asked.
    var securitySchemes: DescriptionValue? {
        schemes.isEmpty ? nil : .map(schemes.map { (key: $0.name, value: $0.scheme) })
    }

    /// That one of them is needed.
    var security: DescriptionValue {
        .list(schemes.map { .map([(key: $0.name, value: .list([]))]) })
    }
}
