import KTSDBTesting

/// Runs random histories of a database against a plain model until the time is up, and prints each failure with its
/// seed.
/// - Returns: Whether there were no failures.
func runHistories(seed: UInt64, for time: Duration, steps: Int) -> Bool {
    let start = ContinuousClock.now
    var seed = seed, count = 0, crashes = 0, faults = 0, failures = 0, questions = 0
    while ContinuousClock.now < start + time {
        var run = HistoryRun(seed: seed)
        do { try run.run(steps: steps) } catch {
            failures += 1
            print(error)
        }
        seed += 1
        count += 1
        crashes += run.crashCount
        faults += run.faultCount
        questions += run.rollupQuestionCount
    }
    print(
        "\(count) histories of \(steps) steps with \(crashes) power cuts and \(faults) other faults, \(questions) questions to rollups, in "
            + "\(ContinuousClock.now - start): \(failures) failures; the next seed is \(seed)")
    return failures == 0
}
