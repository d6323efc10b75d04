extension WorkerThreads {
    /// The threads on which long answers are written and compressed: as many as there are processors, however many
    /// answers there are.
    ///
    /// An answer is made piece by piece, and each piece waits until the client has taken the one before. Then its turn
    /// comes after those of all others, so that many long answers delay each other a little, and do not delay a short
    /// one.
    static let answers = WorkerThreads(count: max(1, ProcessStatistics.processors))
}
