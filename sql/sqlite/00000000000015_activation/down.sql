DROP TABLE user_activation;
