internal import KTSDBModel
internal import Synchronization

extension GroupEvaluator {
    /// Whether alerts of the last evaluation were not taken.
    var hasOffers: Bool { content.withLock { $0.rules.contains { $0.offer != nil } } }

    /// Offers those again, on a thread that may be busy for a while. No evaluation may run meanwhile.
    func offerAgain(to sink: any AlertSink) async {
        await Self.threads.run {
            for index in self.group.rules.indices where !self.isStopped.load(ordering: .relaxed) {
                self.offerAgain(index, to: sink)
            }
        }
    }

    private func offerAgain(_ index: Int, to sink: any AlertSink) {
        var rule = content.withLock { $0.rules[index] }
        guard var offer = rule.offer, offer.make(&rule.state, to: sink) > 0 else { return }
        rule.offer = offer.isDone ? nil : offer
        // That they were sent is stored with the next evaluation: a crash before that sends them twice.
        rule.record.noteChange()
        content.withLock { [rule] in $0.rules[index] = rule }
    }
}
