/// What queries use rollups for: what a source knows of whole intervals of time, in place of their samples.
public enum RollupUse: String, Hashable, Sendable, CaseIterable {
    /// Nothing.
    case off
    /// Functions whose result has the same bits as from all samples: `count_over_time`, `present_over_time`,
    /// `min_over_time`, `max_over_time`, `last_over_time`, and `sum_over_time` of whole numbers, where windows and
    /// steps are multiples of an interval and end with one.
    case exact
    /// These functions wherever their windows end, so that an interval counts where its end is; `sum_over_time` and
    /// `avg_over_time` of any numbers, `rate` and `increase`; and instant selectors where samples are gone. Windows are
    /// at least one interval wide. An info of the answer says so.
    case allow
}
