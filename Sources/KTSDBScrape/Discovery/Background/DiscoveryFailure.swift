/// Why a discovery cannot find its targets at the moment.
struct DiscoveryFailure: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Returns the reason for an error of any kind.
    init(_ error: any Error) { self = error as? DiscoveryFailure ?? DiscoveryFailure("\(error)") }
}
