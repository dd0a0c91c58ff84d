# One Kafka broker that is its own controller; $KAFKA_HOST is the name by which clients reach it.
set -eu
cat > /tmp/server.properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://:9092,CONTROLLER://localhost:9093
advertised.listeners=PLAINTEXT://${KAFKA_HOST}:9092
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=/data/log
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.min.isr=1
END
java() {
  exec /opt/java/bin/java -Xms96m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '/opt/kafka/*' "$@"
}
[ -f /data/log/meta.properties ] ||
  (java kafka.tools.StorageTool format -t bXlzY2hvb2wtc3RhbmQtMA -c /tmp/server.properties --standalone)
java kafka.Kafka /tmp/server.properties
