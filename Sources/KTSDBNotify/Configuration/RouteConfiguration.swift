/// One route as a configuration has it: what is nil or empty comes from its parent.
package struct RouteConfiguration: Hashable, Sendable {
    package var receiver = ""
    /// The labels by which alerts are grouped; empty means one group, nil that of the parent.
    package var groupBy: [String]?
    /// Whether alerts are grouped by all their labels, written as `...`.
    package var groupByAll = false
    /// Labels with their values, in the old form.
    package var match = KeyValues()
    /// Labels with their patterns, in the old form.
    package var matchRE = KeyValues()
    package var matchers = Matchers()
    package var muteTimeIntervals: [String] = []
    package var activeTimeIntervals: [String] = []
    /// Whether alerts that match also try the routes after this one.
    package var continues = false
    package var routes: [RouteConfiguration] = []
    package var groupWait: Duration?
    package var groupInterval: Duration?
    package var repeatInterval: Duration?
    package var labels = KeyValues()
    /// The line of the file, from 1; nil if it is not from a file.
    package var line: Int?
    /// The lines of its fields, by their names.
    package var fieldLines: [String: Int] = [:]

    package init() {}

    /// The line of a field, or else of the route.
    func line(of field: String) -> Int? { fieldLines[field] ?? line }
}
