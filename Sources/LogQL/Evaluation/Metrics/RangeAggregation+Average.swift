extension RangeAggregation {
    /// What is evaluated for `avg_over_time(…) by (…)`: the sum of the samples divided by the number of lines; nil for
    /// all else.
    ///
    /// Loki divides averages by group so, to split the work, and counts lines without the label, too: sixty lines of
    /// which forty have it, with a mean of 90, give 60 (recorded). Its averages that are not grouped do without those
    /// lines.
    var averageOfLines: LogQLExpression? {
        guard operation == .avgOverTime, let grouping, !grouping.isWithout else { return nil }
        var sum = self, count = self
        sum.operation = .sumOverTime
        sum.grouping = nil
        count.operation = .countOverTime
        count.unwrap = nil
        count.grouping = nil
        return .binary(
            BinaryOperation(
                .over, .vectorAggregation(VectorAggregation(.sum, grouping: grouping, operand: .rangeAggregation(sum))),
                .vectorAggregation(VectorAggregation(.sum, grouping: grouping, operand: .rangeAggregation(count)))))
    }
}
