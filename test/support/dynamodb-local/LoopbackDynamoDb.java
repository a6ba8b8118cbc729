import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** DynamoDB Local on the loopback only: its own command line listens on every address and has no flag against it. */
public class LoopbackDynamoDb {
	public static void main(String[] arguments) throws Exception {
		DynamoDBProxyServer dynamodb = ServerRunner.createServerFromCommandLineArgs(arguments);
		var field = DynamoDBProxyServer.class.getDeclaredField("server");
		field.setAccessible(true);
		Server server = (Server) field.get(dynamodb);
		((ServerConnector) server.getConnectors()[0]).setHost("127.0.0.1");
		dynamodb.start();
		dynamodb.join();
	}
}
