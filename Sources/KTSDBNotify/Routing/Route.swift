package import KTSDBModel

/// A node of the routing tree, with everything it inherits.
package struct Route: Sendable {
    package var receiver = ""
    /// The labels by which alerts are grouped, sorted, each once.
    package var groupBy: [String] = []
    /// Whether alerts are grouped by all their labels.
    package var groupByAll = false
    package var groupWait = Duration.seconds(30)
    package var groupInterval = Duration.seconds(300)
    package var repeatInterval = Duration.seconds(4 * 3600)
    package var muteTimeIntervals: [String] = []
    package var activeTimeIntervals: [String] = []
    /// The labels of this route and of those above it; values may be templates.
    package var labels = KeyValues()
    /// What alerts must match besides the conditions of the routes above.
    package var matchers = Matchers()
    package var continues = false
    /// The number of the route above; nil for the root.
    package var parent: Int?
    /// The numbers of the routes below, in order.
    package var children: [Int] = []
    /// The matchers of this route and those above it: `{}/{team="a"}`. Several routes may have the same.
    package var key = ""
    /// The same with the place among its siblings: no other route has it.
    package var id = ""
    /// Finds candidates among many children.
    var childIndex: MatcherIndex?

    /// The labels of an alert by which it is grouped. Labels that the alert does not have are left out.
    package func groupLabels(of labels: Labels) -> Labels {
        groupByAll ? labels : labels.keeping(only: groupBy)
    }

    /// The name of a group in the notification log.
    package func groupKey(_ groupLabels: Labels) -> String {
        let pairs = groupLabels.map { "\($0.name)=\(goQuoted($0.value))" }
        return "\(key):{\(pairs.joined(separator: ", "))}"
    }
}
