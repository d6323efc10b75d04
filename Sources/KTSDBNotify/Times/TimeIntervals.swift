/// The named time intervals of a configuration.
package struct TimeIntervals: Sendable {
    private var byName: [String: [TimeInterval]] = [:]

    package init(_ byName: [String: [TimeInterval]] = [:]) { self.byName = byName }

    /// How many names there are.
    package var count: Int { byName.count }

    package func contains(name: String) -> Bool { byName[name] != nil }

    /// Those of `names` that contain a moment, in the order given. Names that do not exist contain none; the check of
    /// the configuration refuses them.
    package func containing(_ time: WallTime, of names: [String]) -> [String] {
        names.filter { name in byName[name]?.contains { $0.contains(time) } ?? false }
    }
}
