internal import KTSDBModel
internal import PrometheusWire

/// What came of a call.
package struct APIOutcome: Sendable {
    package var answer: APIAnswer
    /// What the caller has to do.
    package var effects: [NotifierEffect] = []
    /// How many of the posted alerts fire, are over, and were refused.
    package var firing = 0
    package var resolved = 0
    package var invalid = 0

    package init(_ answer: APIAnswer) { self.answer = answer }
}

extension Notifier {
    /// Does what a request of Alertmanager's API asks for.
    package mutating func perform(_ call: APICall, _ context: APIContext, at now: WallTime) -> APIOutcome {
        switch call {
        case .status: APIOutcome(APIAnswer(.value(context.status)))
        case .receivers(let matchers): APIOutcome(APIAnswer(.value(Self.receivers(matchers, context))))
        case .alerts(let filter): APIOutcome(APIAnswer(.alerts(listAlerts(filter.resolved(context), at: now))))
        case .groups(let filter): APIOutcome(APIAnswer(.groups(listGroups(filter.resolved(context), at: now))))
        case .silences(let filter):
            APIOutcome(APIAnswer(.silences(silences.sorted(at: now).filter { filter.accepts($0, at: now) }, at: now)))
        case .silence(let id):
            APIOutcome(silences[id: id].map { APIAnswer(.value($0.json(at: now))) } ?? APIAnswer(status: 404))
        case .expireSilence(let id): APIOutcome(expire(id, at: now))
        case .postAlerts(let alerts): post(alerts, context, at: now)
        case .postSilence(let silence): APIOutcome(set(silence, context, at: now))
        }
    }

    private static func receivers(_ matchers: Matchers, _ context: APIContext) -> JSONTree {
        .array(
            context.receivers(matching: matchers).map {
                .members([("labels", $0.labels.isEmpty ? nil : .map($0.labels)), ("name", .string($0.name))])
            })
    }

    private mutating func expire(_ id: String, at now: WallTime) -> APIAnswer {
        do throws(SilenceError) {
            try expireSilence(id, at: now)
            return APIAnswer()
        } catch {
            return error.isNotFound ? APIAnswer(status: 404) : .failure(500, error.description)
        }
    }

    private mutating func set(_ silence: PostedSilence, _ context: APIContext, at now: WallTime) -> APIAnswer {
        do throws(SilenceError) {
            let id = try setSilence(silence.silence(at: now, syntax: context.syntax), at: now)
            return APIAnswer(.value(.members([("silenceID", .string(id))])))
        } catch {
            return .failure(error.isNotFound ? 404 : 400, error.description)
        }
    }

    /// Takes the alerts that are valid, and says what is wrong with the others.
    private mutating func post(_ posted: [PostedAlert], _ context: APIContext, at now: WallTime) -> APIOutcome {
        var outcome = APIOutcome(APIAnswer()), valid: [ReceivedAlert] = [], problems: [String] = []
        for alert in posted {
            do throws(AlertError) {
                let received = try alert.alert(
                    at: now, resolveTimeout: plan.resolveTimeout, syntax: context.syntax, limits: context.alertLimits)
                if received.isResolved(at: now) { outcome.resolved += 1 } else { outcome.firing += 1 }
                valid.append(received)
            } catch {
                outcome.invalid += 1
                if problems.count < Self.problemLimit { problems.append(error.description) }
            }
        }
        let refused = refuseExcess(&valid, context.alertLimits)
        outcome.effects = post(valid, at: now)
        if refused > 0 {
            let limit = context.alertLimits.alertCountLimit
            outcome.answer = .failure(500, "\(refused) alerts were not taken: \(limit) are known, which is the limit")
        } else if !problems.isEmpty {
            outcome.answer = .failure(400, problems.joined(separator: "\n"))
        }
        return outcome
    }

    /// How many invalid alerts of a request are described.
    private static let problemLimit = 100

    /// Removes new alerts that would be too many, and returns their number.
    private func refuseExcess(_ received: inout [ReceivedAlert], _ limits: AlertLimits) -> Int {
        guard alerts.count + received.count > limits.alertCountLimit else { return 0 }
        var room = limits.alertCountLimit - alerts.count, new: Set<Labels> = []
        let count = received.count
        received.removeAll { alert in
            if alerts[alert.labels] != nil || new.contains(alert.labels) { return false }
            guard room > 0 else { return true }
            room -= 1
            new.insert(alert.labels)
            return false
        }
        return count - received.count
    }
}

extension ListingFilter {
    /// The filter with the names of the receivers whose labels match.
    fileprivate func resolved(_ context: APIContext) -> ListingFilter {
        if receiverMatchers.isEmpty { return self }
        var result = self
        result.receiverNames = Set(context.receivers(matching: receiverMatchers).map(\.name))
        return result
    }
}

extension SilenceFilter {
    fileprivate func accepts(_ silence: Silence, at now: WallTime) -> Bool {
        states.contains(silence.state(at: now))
            && silence.matcherSets.contains { $0.isCovered(by: matchers) }
    }
}
