export { startStage as default } from './stage.ts';
