import KTSDBModel
import Testing

@testable import KTSDBScrape

/// The labels that targets of each role get, as Prometheus gives them.
@Suite struct `Labels from Kubernetes` {
    /// Returns the labels of the targets of a cluster with these objects, by address and with the prefix left out.
    private static func targets(
        _ role: KubernetesKind, _ objects: [(KubernetesKind, String)], _ attachments: KubernetesAttachments = .init()
    ) throws -> [String: [String: String]] {
        var cluster = KubernetesCluster(role: role, attachments: attachments)
        for scope in cluster.scopes { _ = cluster.finish([], of: scope) }
        for (kind, text) in objects {
            let json = try JSONDocument.read(Array(text.utf8))
            cluster.set(try #require(KubernetesObject(json, kind)), kind)
        }
        var found: [String: [String: String]] = [:]
        for group in cluster.update() ?? [] {
            let address = try #require(group.addresses.first)
            #expect(found[address] == nil, "two targets have the address \(address)")
            found[address] = Dictionary(
                uniqueKeysWithValues: group.labels.map { ($0.name.replacing("__meta_kubernetes_", with: ""), $0.value) }
            )
        }
        return found
    }

    private static let pod = KubernetesText.pod(
        "ns", "web-1", ip: "10.0.0.1", port: 8080, labels: ["app.kubernetes.io/name": "web"],
        annotations: ["prometheus.io/port": "9"])

    private static let podLabels = [
        "pod_ip": "10.0.0.1", "pod_ready": "true", "pod_phase": "Running", "pod_node_name": "node-1",
        "pod_host_ip": "192.168.0.1", "pod_uid": "uid-web-1", "pod_name": "web-1",
        "pod_label_app_kubernetes_io_name": "web", "pod_labelpresent_app_kubernetes_io_name": "true",
        "pod_annotation_prometheus_io_port": "9", "pod_annotationpresent_prometheus_io_port": "true",
    ]

    private static let container = [
        "pod_container_name": "main", "pod_container_image": "img:1", "pod_container_init": "false",
        "pod_container_port_name": "http", "pod_container_port_number": "8080",
        "pod_container_port_protocol": "TCP",
    ]

    private static func merged(_ parts: [String: String]...) -> [String: String] {
        parts.reduce(into: [:]) { $0.merge($1) { $1 } }
    }

    @Test func `of a pod`() throws {
        let own = ["namespace": "ns", "pod_container_id": "containerd://web-1"]
        #expect(
            try Self.targets(.pod, [(.pod, Self.pod)])
                == ["10.0.0.1:8080": Self.merged(Self.podLabels, Self.container, own)])
    }

    @Test func `of a pod with several containers, one without ports, and an IPv6 address`() throws {
        let text = """
            {"metadata":{"name":"p","namespace":"n","ownerReferences":[{"kind":"X","name":"no"},
            {"kind":"ReplicaSet","name":"rs","controller":true}]},
            "spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":1},{"containerPort":2}]}],
            "initContainers":[{"name":"b"}]},"status":{"podIP":"fd00::1","conditions":[{"type":"Ready","status":"False"}]}}
            """
        let found = try Self.targets(.pod, [(.pod, text)])
        #expect(Set(found.keys) == ["[fd00::1]:1", "[fd00::1]:2", "fd00::1"])
        #expect(found["fd00::1"]?["pod_container_init"] == "true")
        #expect(found["fd00::1"]?["pod_container_port_number"] == nil)
        #expect(found["[fd00::1]:1"]?["pod_controller_kind"] == "ReplicaSet")
        #expect(found["[fd00::1]:1"]?["pod_controller_name"] == "rs")
        #expect(found["[fd00::1]:1"]?["pod_ready"] == "false")
    }

    @Test func `of a pod without an address or conditions`() throws {
        let text = #"{"metadata":{"name":"p","namespace":"n"},"spec":{"containers":[{"name":"a"}]},"status":{ADDRESS}}"#
        #expect(try Self.targets(.pod, [(.pod, text.replacing("ADDRESS", with: ""))]).isEmpty)
        let found = try Self.targets(.pod, [(.pod, text.replacing("ADDRESS", with: #""podIP":"1.1.1.1""#))])
        #expect(found["1.1.1.1"]?["pod_ready"] == "unknown")
    }

    @Test func `of what is above a pod, if it is wanted`() throws {
        var all = KubernetesAttachments()
        (all.node, all.namespace, all.deployment, all.job, all.cronJob) = (true, true, true, true, true)
        func owner(_ kind: String, _ name: String) -> String {
            #"{"kind":"\#(kind)","name":"\#(name)","controller":true}"#
        }
        func pod(_ name: String, _ ip: String, _ owner: String) -> String {
            KubernetesText.plain(
                "Pod", "ns", name, owner: owner,
                rest: #","spec":{"nodeName":"n1","containers":[{"name":"a"}]},"status":{"podIP":"\#(ip)"}"#)
        }
        let found = try Self.targets(
            .pod,
            [
                (.pod, pod("a", "1.1.1.1", owner("ReplicaSet", "web-7"))),
                (.pod, pod("b", "1.1.1.2", owner("Job", "nightly-1"))),
                (.pod, pod("c", "1.1.1.3", owner("StatefulSet", "s"))),
                (.replicaset, KubernetesText.plain("ReplicaSet", "ns", "web-7", owner: owner("Deployment", "web"))),
                (.job, KubernetesText.plain("Job", "ns", "nightly-1", owner: owner("CronJob", "nightly"))),
                (.node, KubernetesText.plain("Node", "", "n1", labels: ["zone": "z"], annotations: ["a": "b"])),
                (.namespace, KubernetesText.plain("Namespace", "", "ns", labels: ["team": "t"])),
            ], all)
        #expect(found["1.1.1.1"]?["pod_deployment_name"] == "web")
        #expect(found["1.1.1.2"]?["pod_job_name"] == "nightly-1")
        #expect(found["1.1.1.2"]?["pod_cronjob_name"] == "nightly")
        #expect(found["1.1.1.3"]?["pod_controller_kind"] == "StatefulSet")
        for labels in found.values {
            #expect(labels["node_name"] == "n1" && labels["node_label_zone"] == "z")
            #expect(labels["node_annotation_a"] == "b" && labels["node_labelpresent_zone"] == "true")
            #expect(labels["namespace_label_team"] == "t" && labels["namespace_labelpresent_team"] == "true")
        }
        let without = try Self.targets(.pod, [(.pod, pod("a", "1.1.1.1", owner("ReplicaSet", "web-7")))])
        #expect(without["1.1.1.1"]?["pod_deployment_name"] == nil)
    }

    @Test func `of a node`() throws {
        let text = """
            {"metadata":{"name":"n1","labels":{"a/b":"c"}},"spec":{"providerID":"aws:///x"},
            "status":{"conditions":[{"type":"Ready","status":"True"},{"type":"DiskPressure","status":"Unknown"}],
            "addresses":[{"type":"Hostname","address":"host"},{"type":"InternalIP","address":"10.0.0.9"},
            {"type":"InternalIP","address":"fd00::9"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":10250}}}}
            """
        #expect(
            try Self.targets(.node, [(.node, text)]) == [
                "10.0.0.9:10250": [
                    "instance": "n1", "node_name": "n1", "node_provider_id": "aws:///x", "node_label_a_b": "c",
                    "node_labelpresent_a_b": "true", "node_condition_ready": "true",
                    "node_condition_diskpressure": "unknown", "node_address_Hostname": "host",
                    "node_address_InternalIP": "10.0.0.9",
                ]
            ])
        #expect(try Self.targets(.node, [(.node, #"{"metadata":{"name":"n"}}"#)]).isEmpty)
    }

    @Test func `of a service`() throws {
        func service(_ specification: String, _ status: String = "{}") -> String {
            KubernetesText.plain(
                "Service", "ns", "web", labels: ["x": "y"],
                rest:
                    #","spec":{"ports":[{"name":"h","port":80,"protocol":"TCP"}],\#(specification)},"status":\#(status)"#
            )
        }
        let common = [
            "namespace": "ns", "service_name": "web", "service_label_x": "y", "service_labelpresent_x": "true",
            "service_port_name": "h", "service_port_number": "80", "service_port_protocol": "TCP",
        ]
        let address = "web.ns.svc:80"
        #expect(
            try Self.targets(.service, [(.service, service(#""type":"ClusterIP","clusterIP":"10.96.0.7""#))])
                == [
                    address: Self.merged(common, ["service_type": "ClusterIP", "service_cluster_ip": "10.96.0.7"])
                ])
        #expect(
            try Self.targets(.service, [(.service, service(#""type":"ExternalName","externalName":"e.org""#))])
                == [address: Self.merged(common, ["service_type": "ExternalName", "service_external_name": "e.org"])])
        let balanced = service(
            #""type":"LoadBalancer","clusterIP":"c","loadBalancerIP":"old""#,
            #"{"loadBalancer":{"ingress":[{"ip":"1.1.1.1"},{"hostname":"h"},{"ip":"2.2.2.2"}]}}"#)
        #expect(
            try Self.targets(.service, [(.service, balanced)])
                == [
                    address: Self.merged(
                        common,
                        [
                            "service_type": "LoadBalancer", "service_cluster_ip": "c",
                            "service_loadbalancer_ip": "1.1.1.1,2.2.2.2",
                        ])
                ])
    }

    @Test func `of endpoints, with other ports of their pods`() throws {
        let endpoints = KubernetesText.plain(
            "Endpoints", "ns", "web", labels: ["l": "m"],
            rest: """
                ,"subsets":[{"addresses":[{"ip":"10.0.0.1","nodeName":"node-1","hostname":"h",
                "targetRef":{"kind":"Pod","namespace":"ns","name":"web-1"}}],
                "notReadyAddresses":[{"ip":"10.0.0.2"}],"ports":[{"name":"p","port":9000,"protocol":"TCP"}]}]
                """)
        let service = KubernetesText.plain("Service", "ns", "web", labels: ["s": "t"])
        let found = try Self.targets(.endpoints, [(.endpoints, endpoints), (.service, service), (.pod, Self.pod)])
        let common = [
            "namespace": "ns", "endpoints_name": "web", "endpoints_label_l": "m", "endpoints_labelpresent_l": "true",
            "service_name": "web", "service_label_s": "t", "service_labelpresent_s": "true",
        ]
        #expect(
            found == [
                "10.0.0.1:9000": Self.merged(
                    common, Self.podLabels,
                    [
                        "endpoint_port_name": "p", "endpoint_port_protocol": "TCP", "endpoint_ready": "true",
                        "endpoint_address_target_kind": "Pod", "endpoint_address_target_name": "web-1",
                        "endpoint_node_name": "node-1", "endpoint_hostname": "h",
                    ]),
                "10.0.0.2:9000": Self.merged(
                    common,
                    ["endpoint_port_name": "p", "endpoint_port_protocol": "TCP", "endpoint_ready": "false"]),
                "10.0.0.1:8080": Self.merged(common, Self.podLabels, Self.container),
            ])
    }

    private static func slice(_ type: String, service: String = "web") -> String {
        KubernetesText.plain(
            "EndpointSlice", "ns", "web-abc", labels: ["kubernetes.io/service-name": service],
            rest: """
                ,"addressType":"\(type)","ports":[{"name":"http","port":8080,"protocol":"TCP","appProtocol":"http"}],
                "endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true,"serving":true,"terminating":false},
                "hostname":"h","nodeName":"node-1","zone":"z","targetRef":{"kind":"Pod","namespace":"ns","name":"web-1"},
                "deprecatedTopology":{"topology/x":"y"}}]
                """)
    }

    @Test func `of a slice of endpoints`() throws {
        let service = KubernetesText.plain("Service", "ns", "web")
        let found = try Self.targets(
            .endpointslice, [(.endpointslice, Self.slice("IPv4")), (.service, service), (.pod, Self.pod)])
        let own = [
            "namespace": "ns", "service_name": "web", "endpointslice_name": "web-abc",
            "endpointslice_address_type": "IPv4", "endpointslice_label_kubernetes_io_service_name": "web",
            "endpointslice_labelpresent_kubernetes_io_service_name": "true", "endpointslice_port_name": "http",
            "endpointslice_port_protocol": "TCP", "endpointslice_port": "8080",
            "endpointslice_port_app_protocol": "http", "endpointslice_endpoint_conditions_ready": "true",
            "endpointslice_endpoint_conditions_serving": "true",
            "endpointslice_endpoint_conditions_terminating": "false", "endpointslice_endpoint_hostname": "h",
            "endpointslice_endpoint_node_name": "node-1", "endpointslice_endpoint_zone": "z",
            "endpointslice_address_target_kind": "Pod", "endpointslice_address_target_name": "web-1",
            "endpointslice_endpoint_topology_topology_x": "y",
            "endpointslice_endpoint_topology_present_topology_x": "true",
        ]
        #expect(found == ["10.0.0.1:8080": Self.merged(Self.podLabels, Self.container, own)])
    }

    @Test func `the second slice of a service with two families is left out`() throws {
        let service = KubernetesText.plain(
            "Service", "ns", "web",
            rest: #","spec":{"ipFamilyPolicy":"PreferDualStack","ipFamilies":["IPv4","IPv6"]}"#)
        #expect(
            try Self.targets(.endpointslice, [(.endpointslice, Self.slice("IPv6")), (.service, service)]).isEmpty)
        #expect(
            try Self.targets(.endpointslice, [(.endpointslice, Self.slice("IPv4")), (.service, service)]).count == 1)
    }

    @Test func `of an ingress`() throws {
        let text = KubernetesText.plain(
            "Ingress", "ns", "i", labels: ["l": "m"],
            rest: """
                ,"spec":{"ingressClassName":"nginx","tls":[{"hosts":["*.example.org"]}],"rules":[
                {"host":"a.example.org","http":{"paths":[{"path":"/x"}]}},
                {"host":"a.b.example.org","http":{"paths":[{}]}},{"host":"plain.org"}]}
                """)
        func labels(_ scheme: String, _ host: String, _ path: String) -> [String: String] {
            [
                "namespace": "ns", "ingress_name": "i", "ingress_label_l": "m", "ingress_labelpresent_l": "true",
                "ingress_class_name": "nginx", "ingress_scheme": scheme, "ingress_host": host, "ingress_path": path,
            ]
        }
        #expect(
            try Self.targets(.ingress, [(.ingress, text)]) == [
                "a.example.org": labels("https", "a.example.org", "/x"),
                "a.b.example.org": labels("http", "a.b.example.org", "/"),
                "plain.org": labels("http", "plain.org", "/"),
            ])
    }

    @Test func `half of what adds labels is not enough for targets`() throws {
        var cluster = KubernetesCluster(role: .endpoints, attachments: .init(), namespaces: ["a", "b"])
        let endpoints = KubernetesText.plain(
            "Endpoints", "a", "web", rest: #","subsets":[{"addresses":[{"ip":"1.1.1.1"}],"ports":[{"port":1}]}]"#)
        let json = try JSONDocument.read(Array(endpoints.utf8))
        let object = try #require(KubernetesObject(json, .endpoints))
        #expect(cluster.scopes.count == 6)
        cluster.set(object, .endpoints)
        for kind in [KubernetesKind.endpoints, .service] {
            _ = cluster.finish([object.key], of: .init(kind: kind, namespace: "a"))
            #expect(cluster.update() == nil)
        }
        _ = cluster.finish([], of: .init(kind: .pod, namespace: "a"))
        #expect(cluster.update()?.count == 1)
        #expect(cluster.update() == nil)
    }

    @Test func `an object that says the same again changes nothing, and one that goes takes all its traces`() throws {
        var cluster = KubernetesCluster(role: .pod, attachments: .init())
        for scope in cluster.scopes { _ = cluster.finish([], of: scope) }
        let object = try #require(KubernetesObject(try JSONDocument.read(Array(Self.pod.utf8)), .pod))
        var known = [cluster.set(object, .pod)]
        #expect(cluster.update()?.count == 1)
        known.append(cluster.set(object, .pod))
        #expect(cluster.update() == nil)
        known.append(cluster.remove(object.key, .pod))
        #expect(cluster.update() == [])
        known.append(cluster.remove(object.key, .pod))
        #expect(known == [false, true, true, false])
        #expect(cluster.count(.pod) == 0)
    }
}
