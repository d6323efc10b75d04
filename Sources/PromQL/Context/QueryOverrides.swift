/// What one query asks to be different from the engine's options.
public struct QueryOverrides: Sendable {
    /// Instead of ``EngineOptions/lookback``.
    public var lookback: Duration?
    /// Instead of ``EngineOptions/timeout``, if it is shorter.
    public var timeout: Duration?
    /// Instead of ``EngineOptions/maximumSamples``, if it is smaller.
    public var maximumSamples: Int?
    /// Instead of ``EngineOptions/failsOnDamage``.
    public var failsOnDamage: Bool?
    /// Instead of ``EngineOptions/rollups``.
    public var rollups: RollupUse?
    /// Whether the statistics include the samples of each step.
    public var countsSteps = false

    /// Nothing different.
    public init(lookback: Duration? = nil, timeout: Duration? = nil, maximumSamples: Int? = nil) {
        self.lookback = lookback
        self.timeout = timeout
        self.maximumSamples = maximumSamples
    }
}
