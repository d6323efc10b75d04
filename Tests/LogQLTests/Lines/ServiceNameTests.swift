import KTSDBModel
import LogQL
import Testing

@Suite struct ServiceNameTests {
    @Test func `a stream is named after the most specific label that it has`() {
        #expect(ServiceName.added(to: ["app": "a", "job": "j"]) == ["app": "a", "job": "j", "service_name": "a"])
        #expect(ServiceName.added(to: ["job": "j", "service": "s"])["service_name"] == "s")
        #expect(ServiceName.added(to: ["container": "c"])["service_name"] == "c")
        #expect(ServiceName.added(to: ["zone": "z"])["service_name"] == "unknown_service")
        #expect(ServiceName.added(to: [:]) == ["service_name": "unknown_service"])
    }

    @Test func `a stream's own name remains`() {
        #expect(ServiceName.added(to: ["app": "a", "service_name": "b"]) == ["app": "a", "service_name": "b"])
    }

    @Test func `the labels can be chosen, and none turns it off`() {
        #expect(ServiceName.added(to: ["app": "a", "x": "y"], from: ["x"])["service_name"] == "y")
        #expect(ServiceName.added(to: ["app": "a"], from: []) == ["app": "a"])
    }
}
