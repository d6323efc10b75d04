/// A flag of Prometheus, and what ktsdb does with it.
package struct PrometheusFlag: Sendable {
    /// The versions of Prometheus that have it.
    package enum Versions: String, Sendable {
        case old = "2.48"
        case new = "3.14"
        case both = "2.48, 3.14"
    }

    package enum Fate: Hashable, Sendable {
        /// It has the same effect as in Prometheus.
        case served
        /// It is accepted and does nothing, for this reason.
        case ignored(String)
        /// The server does not start with it, for this reason.
        case refused(String)
    }

    package let name: String
    package let versions: Versions
    package let fate: Fate
    /// Whether it has no value on the command line.
    let isSwitch: Bool

    init(_ name: String, _ versions: Versions, _ fate: Fate = .served, isSwitch: Bool = false) {
        self.name = name
        self.versions = versions
        self.fate = fate
        self.isSwitch = isSwitch
    }
}
