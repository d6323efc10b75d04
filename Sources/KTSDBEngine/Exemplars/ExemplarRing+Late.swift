internal import KTSDBModel

/// Late exemplars: those that come before the newest one of their series. Only series that get any have their exemplars
/// in order; the others pay nothing for them.
extension ExemplarRing {
    /// Judges an exemplar that comes before the newest one of its series, where the policy has a window.
    ///
    /// It is repeated if the series has it, at whatever place. Otherwise the window decides, as for samples. Within the
    /// window, the exemplar is judged by the one before it in the order of the series, as one in order is judged by the
    /// newest: of several at one time, each has to come after the one before.
    mutating func judgeLate(
        _ exemplars: ExemplarColumns, _ index: Int, _ policy: AcceptancePolicy, newestSample: Int64
    ) -> ExemplarVerdict {
        let slot = exemplars.slots[index], time = exemplars.times[index]
        guard let newest = newest[slot] else { return .accept }
        makeOrder(of: slot, newest: newest)
        guard let order = orders[slot] else { return .outOfOrder }
        let labels = exemplars.labels[exemplars.labelRange(index)]
        // After all that have the same content.
        let new = ExemplarOrder.Key(
            time: time, value: exemplars.values[index], labels: labels.span.rawBytes, position: .max)
        var equal = order.last(before: new)
        while let key = equal, key.hasEqualContent(new) {
            if pages.labels(at: key.position).elementsEqual(labels) { return .repeated }
            equal = order.last(before: key)
        }
        if time < pages[newest].time, policy.takesAgain(time, before: pages[newest].time) { return .accept }
        guard time >= policy.earliestLate(newest: newestSample) else { return .outOfOrder }
        guard let previous = order.last(before: .init(after: time)) else { return .acceptLate }
        let verdict = compare(exemplars, index, with: previous.position)
        if case .accept = verdict { return .acceptLate }
        return verdict
    }

    /// Puts the exemplar that was just added into the order of its series, if there is one or has to be. `last` is what
    /// was the newest one of its slot before.
    mutating func order(_ position: Int, after last: Int?) {
        let entry = pages[position]
        if let last, pages[last].number != entry.number {
            // The slot belongs to another series now.
            orders[entry.slot] = nil
            return
        }
        let key = key(of: position)
        if entry.isLate, let last, key < self.key(of: last) {
            newest[entry.slot] = last
            makeOrder(of: entry.slot, newest: last)
        }
        orders[entry.slot]?.insert(key)
    }

    /// Removes the first exemplar of the ring from the order of its series. If it is the newest of the series, the
    /// latest of the others takes its place.
    mutating func removeFromOrder(_ position: Int) {
        let entry = pages[position]
        guard let last = newest[entry.slot], pages[last].number == entry.number, orders[entry.slot] != nil else {
            return
        }
        let key = key(of: position)
        orders[entry.slot]?.remove(key)
        guard last == position else { return }
        newest[entry.slot] = orders[entry.slot]?.last?.position
        if newest[entry.slot] == nil { orders[entry.slot] = nil }
    }

    /// Puts all exemplars of a series into order, unless they are. So far, each has arrived as the newest one.
    private mutating func makeOrder(of slot: UInt32, newest: Int) {
        guard orders[slot] == nil else { return }
        let number = pages[newest].number
        var keys: [ExemplarOrder.Key] = [], position = newest
        while position >= pages.range.lowerBound, pages[position].number == number {
            keys.append(key(of: position))
            let distance = Int(pages[position].distance)
            guard distance > 0 else { break }
            position -= distance
        }
        orders[slot] = ExemplarOrder(keys)
    }

    private func key(of position: Int) -> ExemplarOrder.Key {
        let labels = pages.labels(at: position)
        return ExemplarOrder.Key(
            time: pages[position].time, value: pages[position].value, labels: labels.span.rawBytes, position: position)
    }
}
