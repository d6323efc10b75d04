/// Which values of a file may name variables.
///
/// Texts with a meaning of their own for `$` are left alone: patterns and what replaces their matches, templates,
/// expressions.
package struct VariablePlaces: Sendable {
    /// Returns whether variables in a value are replaced. The path has the keys that lead to the value, those of lists
    /// included, but no places in lists.
    package let isExpanded: @Sendable (_ path: [String], _ text: String) -> Bool

    package init(_ isExpanded: @escaping @Sendable (_ path: [String], _ text: String) -> Bool) {
        self.isExpanded = isExpanded
    }

    /// Every value.
    package static let everywhere = VariablePlaces { _, _ in true }

    /// The values of Prometheus' configuration and of its files with scrape jobs.
    ///
    /// The values of `external_labels` are not expanded here, since Prometheus has rules of its own for them. In rules
    /// of relabelling, `target_label` may name a group of `regex` as `replacement` does.
    package static let prometheus = VariablePlaces { path, _ in
        guard let key = path.last, !["replacement", "regex", "target_label", "expr"].contains(key) else { return false }
        return !path.contains("pipeline_stages") && !path.starts(with: ["global", "external_labels"])
    }

    /// The values of rule files.
    package static let rules = VariablePlaces { path, _ in
        !path.contains { ["expr", "labels", "annotations"].contains($0) }
    }
}
